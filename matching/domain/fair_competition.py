"""A public owner that limits where an OPC is registered must say on what law it does so (公平竞争审查).

《公平竞争审查条例》 (State Council Decree No. 783, in force since 2024-08-01), art. 9 (3): no measure of an authority
may exclude or limit firms from elsewhere in local procurement and tendering. Art. 12, and art. 25 of 《公平竞争审查条例
实施办法》 (since 2025-04-20), leave what a law, an administrative regulation or the State Council provides for.
The rule of matching applies a stated limit either way; whether its basis holds is for people to judge.
"""

from matching.domain.demand import Demand
from matching.domain.errors import Problem, problem
from matching.domain.vocabulary import Vocabulary

_ANYWHERE = "any"
_OWN_MONEY = "not_procurement"


def basis_needed(demand: Demand, vocabulary: Vocabulary) -> Problem | None:
    """`registration_basis_needed` where a public owner's limit of registration states no basis, else None.

    A kind of owner that is `usually` public is not asked where the demand is recorded as no government procurement;
    one that is `always` public is. Nothing is asked of a kind that is not said or not known.
    """
    asked = demand.require_registered_in
    if asked is None or vocabulary.cities.code(asked) == _ANYWHERE or (demand.registration_basis or "").strip():
        return None
    kind = vocabulary.owner_kinds.code(demand.owner.kind if demand.owner else None)
    public = vocabulary.owner_kinds.by_code[kind].public if kind else None
    own_money = vocabulary.procurement_routes.code(demand.procurement_route) == _OWN_MONEY
    if public is None or (public == "usually" and own_money):
        return None
    return problem("registration_basis_needed", key="registration_basis", value=asked, other="require_registered_in")
