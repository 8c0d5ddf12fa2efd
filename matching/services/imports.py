"""Importing a file: rows become records that wait for review; what cannot be read waits for a correction."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from matching.domain.codec import to_json
from matching.domain.errors import InputError, Problem, problem
from matching.domain.records import RecordKind, owner_of, title_of
from matching.domain.stages import Stage
from matching.domain.text import fold
from matching.domain.vocabulary import Vocabulary
from matching.services.access import Action, Actor, authorize
from matching.services.records import SHANGHAI
from matching.store import DbSession, records, write_transaction
from matching.store import imports as store
from matching.store.audit import record_change
from matching.store.imports import ImportRun
from matching.store.records import StoredRecord
