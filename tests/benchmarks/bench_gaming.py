"""What gaming by text gains: python -m tests.benchmarks.bench_gaming [--demands N].

On the tuning half of the gold set and on the demonstration, an honest profile from the middle of a demand's list and
one from its end are handed in again as a gamer would, one at a time, and their rank and score compared.
"""

import argparse

import numpy as np

from tests.engine.demonstration import demonstration
from tests.engine.gaming import ATTACKS, Field, clones
from tests.engine.make import TODAY
from tests.quality.figures import table
from tests.quality.gold import AS_OF, load_gold

N_CLONES = 20
HEADING = ["attack", "whose", "rank", "top ten", "first", "score", "of the best", "largest gain", "shown", "flagged"]


def main() -> None:
    """Print the figures of both sets."""
    parser = argparse.ArgumentParser(description="What gaming by text gains.")
    parser.add_argument("--demands", type=int, default=20, help="so many demands of each set")
    most = parser.parse_args().demands
    gold = load_gold("tune")
    right = {(gold.demands[d].id, gold.profiles[p].id) for d, p in np.argwhere(gold.grades > 0).tolist()}
    answerable = [demand for demand, has_any in zip(gold.demands, gold.answerable, strict=True) if has_any]
    demands, profiles = demonstration()
    report("gold set, tuning half", gold.demands, gold.profiles, AS_OF, answerable, right, most)
    report("demonstration", demands, profiles, TODAY, demands, set(), most)


def report(name, demands, profiles, as_of, asked, right, most) -> None:
    """Both tables of one set: the attacks by text, and the clones."""
    honest = Field(demands, profiles, as_of)
    by_id = {profile.id: profile for profile in profiles}
    targets = []
    for demand in asked[:: max(1, len(asked) // most)][:most]:
        targets += [(whose, demand, own) for whose, own in honest.outsiders(demand.id, right).items()]
    print(f"== {name}: {len(targets) // 2} demands, {len(profiles)} profiles", flush=True)
    rows = []
    for attack in ATTACKS:
        told = {"middle": [], "end": []}
        for whose, demand, own in targets:
            others = [profile for profile in profiles if profile.id != own]
            field = Field(demands, [*others, attack(by_id[own], demand)], as_of)
            before, after = honest.standing(demand.id, own), field.standing(demand.id, own)
            best = next(other for other in field.order(demand.id) if other != own)
            share = after.score / field.standing(demand.id, best).score
            told[whose].append((before.rank, after.rank, before.score, after.score, share, after.shown, after.flagged))
        for whose, own in told.items():
            ranks, after, scores, gained, share, shown, flagged = np.array(own, dtype=float).T
            rows.append([
                attack.__name__, whose, f"{np.median(ranks):.0f} → {np.median(after):.0f}",
                f"{np.mean(after <= 10):.0%}", f"{np.mean(after == 1):.0%}",
                f"{scores.mean():.2f} → {gained.mean():.2f}", f"{share.mean():.0%}",
                f"{(gained - scores).max():+.2f}", f"{shown.mean():.0%}", f"{flagged.mean():.0%}",
            ])  # fmt: skip
    print(table(HEADING, rows), flush=True)
    _clones(demands, profiles, as_of, honest, targets, by_id)


def _clones(demands, profiles, as_of, honest, targets, by_id) -> None:
    rows = []
    for whose in ("middle", "end"):
        told = []
        for kind, demand, own in targets:
            if kind == whose:
                copies = clones(by_id[own], N_CLONES)
                field = Field(demands, [*profiles, *copies], as_of)
                first, before = honest.order(demand.id)[0], honest.standing(demand.id, own)
                best = min((field.standing(demand.id, copy.id) for copy in copies), key=lambda s: s.rank)
                told.append((before.rank, best.rank, best.score - before.score, field.order(demand.id).index(first)))
        ranks, after, gains, places = np.array(told, dtype=float).T
        rows.append([
            f"{N_CLONES} clones", whose, f"{np.median(ranks):.0f} → {np.median(after):.0f}", f"{gains.max():+.3f}",
            f"{places.max() + 1:.0f}",
        ])  # fmt: skip
    print(table(["attack", "whose", "best rank", "largest gain", "rank of the first, at worst"], rows), flush=True)


if __name__ == "__main__":
    main()
