"""The policy in force, as the public reads it."""

from matching.services import policies
from tests.factories import NOW, ORGANISER

ONE_PART = "minimum_relevance = 0.25\n[weights]\nwords = 1.0\n[hard]\nmaturity = false\n"


def test_the_method_page_tells_the_policy_in_force(visitor, house):
    before = visitor.get("/about/").text
    with house.database.session() as session:
        policies.apply_policy(session, ONE_PART, actor=ORGANISER, now=NOW)

    after = visitor.get("/about/").text

    assert ("100%" in before, "成熟度" in before) == (False, True)
    assert ("100%" in after, "成熟度" in after) == (True, False)
