"""How the score is made, and what happens to personal data."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from matching.domain.policy import HARD_RULES, HIGH_RELEVANCE, MEDIUM_RELEVANCE, TEXT_PARTS
from matching.publishing.reasons import part_name, rule_name
from matching.services import policies
from webapp.context import db
from webapp.languages import language

bp = Blueprint("about", __name__, url_prefix="/about")


@bp.get("/")
def index() -> ResponseReturnValue:
    """The parts of the score with their weights, the bands, the hard rules, privacy."""
    policy = policies.current_policy(db())
    weights = [(part_name(code, language()), weight) for code, weight in policy.weights.items() if weight]
    rules = [rule_name(code, language()) for code in HARD_RULES if policy.hard[code]]
    return render_template(
        "about.html",
        weights=weights,
        rules=rules,
        policy=policy,
        text_parts=[part_name(code, language()) for code in TEXT_PARTS],
        bounds=(HIGH_RELEVANCE, MEDIUM_RELEVANCE),
    )
