"""A Chinese font of the machine, for documents that carry their own letters. None is shipped: they are large."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTCollection

from matching.domain.errors import InputError, problem

FOLDERS: tuple[Path, ...] = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts"),
    Path("~/.fonts"),
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts"),
    Path("~/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
"""Where systems keep fonts; those that are not there are passed over."""

FAMILIES: tuple[tuple[str, str, str], ...] = (
    ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc", "Noto Sans CJK SC"),
    ("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Bold.otf", ""),
    ("NotoSansSC-Regular.otf", "NotoSansSC-Bold.otf", ""),
    ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf", ""),
    ("SourceHanSansSC-Regular.otf", "SourceHanSansSC-Bold.otf", ""),
    ("SourceHanSansCN-Regular.otf", "SourceHanSansCN-Bold.otf", ""),
    ("msyh.ttc", "msyhbd.ttc", "Microsoft YaHei"),
    ("Deng.ttf", "Dengb.ttf", ""),
    ("simhei.ttf", "simhei.ttf", ""),
    ("Hiragino Sans GB.ttc", "Hiragino Sans GB.ttc", "Hiragino Sans GB"),
    ("STHeiti Light.ttc", "STHeiti Medium.ttc", "Heiti SC"),
    ("wqy-microhei.ttc", "wqy-microhei.ttc", "WenQuanYi Micro Hei"),
    ("wqy-zenhei.ttc", "wqy-zenhei.ttc", "WenQuanYi Zen Hei"),
    ("NotoSerifCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc", "Noto Serif CJK SC"),
    ("DroidSansFallbackFull.ttf", "DroidSansFallbackFull.ttf", ""),
)
"""(file of the plain weight, file of the bold one, face within a collection), best first. Variable fonts are left
out: their default is the thinnest weight."""


@dataclass(frozen=True, slots=True)
class Face:
    """A font file, and which face of it where it is a collection."""

    path: Path
    number: int = 0


@dataclass(frozen=True, slots=True)
class Fonts:
    """The plain and the bold face; the same one twice where the machine has no bold."""

    plain: Face
    bold: Face


@cache
def find_fonts(folders: Sequence[Path] = FOLDERS) -> Fonts:
    """The best Chinese font that is installed.

    Raises:
        InputError: `no_chinese_font`, with the folders that were searched.
    """
    wanted = {name for plain, bold, _ in FAMILIES for name in (plain, bold)}
    there = {path.name: path for path in sorted(_files(folders), reverse=True) if path.name in wanted}
    for plain, bold, face in FAMILIES:
        if plain in there:
            return Fonts(_face(there[plain], face), _face(there.get(bold, there[plain]), face))
    raise InputError(problem("no_chinese_font", folders=[folder.as_posix() for folder in folders]))


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        where = folder.expanduser()
        if where.is_dir():
            yield from where.rglob("*.[ot]t[cf]")


def _face(path: Path, name: str) -> Face:
    """The face of that name; the first where the collection has none (a family was renamed)."""
    if path.suffix != ".ttc":
        return Face(path)
    with TTCollection(path, lazy=True) as collection:
        names = [font["name"].getDebugName(1) or "" for font in collection.fonts]
    exact = re.compile(rf"{re.escape(name)}( Bold| Medium| W3)?", re.IGNORECASE)
    return Face(path, next((number for number, found in enumerate(names) if exact.fullmatch(found)), 0))
