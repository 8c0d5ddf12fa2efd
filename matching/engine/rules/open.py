"""Open: the demand still takes answers."""

from matching.domain.match import Finding, Kind, NearMiss
from matching.engine.rules.answers import found, missing
from matching.engine.tables import Block, Verdicts, compare, whole_block
from matching.engine.views import Pair

CODE = "open"
KIND = Kind.HARD
DEMAND_KEYS = ("publish_until",)
PROFILE_KEYS = ()


def check(pair: Pair) -> Finding:
    """`publish_until ≥ as_of`; unknown when the demand does not say."""
    until = pair.demand.record.publish_until
    if until is None:
        return missing(CODE, KIND, {"demand.publish_until": None})
    facts = {"publish_until": until.isoformat(), "as_of": pair.as_of.isoformat()}
    return found(CODE, KIND, until >= pair.as_of, facts)


def verdicts(block: Block) -> Verdicts:
    """The same for a block, (n_demands, n_profiles)."""
    return whole_block(compare(block.demands.as_of, block.demands.publish_until)[:, None], block)  # type: ignore[arg-type]


def near_miss(pair: Pair, finding: Finding) -> list[NearMiss]:
    """None: a demand that is over is not near anybody."""
    return []
