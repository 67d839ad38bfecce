"""Passkeys, alone or as the second factor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their tables; nobody has one yet."""
    op.add_column("two_factor", sa.Column("by_passkey", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("credential", sa.LargeBinary(length=1024), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=2048), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("last_used", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkeys_credential")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_passkeys_user_id"), "passkeys", ["user_id"], unique=False)
    op.create_table(
        "used_challenges",
        sa.Column("challenge_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_used_challenges")),
    )
    op.create_index(op.f("ix_used_challenges_expires"), "used_challenges", ["expires"], unique=False)


def downgrade() -> None:
    """Drop the passkeys. Whoever had one as the second factor signs in by the password alone."""
    op.drop_index(op.f("ix_used_challenges_expires"), table_name="used_challenges")
    op.drop_table("used_challenges")
    op.drop_index(op.f("ix_passkeys_user_id"), table_name="passkeys")
    op.drop_table("passkeys")
    op.execute(
        sa.text("DELETE FROM recovery_codes WHERE user_id IN (SELECT user_id FROM two_factor WHERE nonce IS NULL)")
    )
    op.execute(sa.text("DELETE FROM two_factor WHERE nonce IS NULL"))
    with op.batch_alter_table("two_factor") as table:
        table.drop_column("by_passkey")
