"""The areas of the site, one blueprint each, in the order in which they are registered."""

from webapp.pages import about, board, digests, health, home, imports, lists, my, programme, records, review

BLUEPRINTS = (
    home.bp,
    records.demands,
    records.profiles,
    my.bp,
    review.bp,
    imports.bp,
    lists.bp,
    programme.bp,
    board.bp,
    digests.bp,
    about.bp,
    health.bp,
)
