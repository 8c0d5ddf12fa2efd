"""Match policies that were put in force."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up."""
    op.create_table(
        "match_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_policy")),
    )
    _protect()


def downgrade() -> None:
    """Down."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER match_policy_only_grows ON match_policy")
        op.execute("DROP FUNCTION match_policy_only_grows")
    op.drop_table("match_policy")


def _protect() -> None:
    """The database itself refuses to change or remove a policy that was in force: batches and runs name its version."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION match_policy_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'match_policy rows are only ever added'; END $$"
        )
        op.execute(
            "CREATE TRIGGER match_policy_only_grows BEFORE UPDATE OR DELETE ON match_policy "
            "FOR EACH ROW EXECUTE FUNCTION match_policy_only_grows()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER match_policy_no_{verb.lower()} BEFORE {verb} ON match_policy "
            "BEGIN SELECT RAISE(ABORT, 'match_policy rows are only ever added'); END"
        )
