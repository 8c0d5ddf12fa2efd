"""The areas of the site, one blueprint each, in the order in which they are registered."""

from webapp.pages import (
    about,
    attendance,
    board,
    digests,
    health,
    home,
    imports,
    lists,
    my,
    programme,
    records,
    review,
    season,
    taking_part,
)

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
    season.bp,
    attendance.bp,
    taking_part.bp,
    digests.bp,
    about.bp,
    health.bp,
)
