"""Where Alembic runs the migrations: on the connection that it is given, in one transaction."""

from alembic import context

from wizard.storage.schema import METADATA
from wizard.storage.version_table import version_table

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    transactional_ddl=True,
    version_table=version_table(connection),
)
with context.begin_transaction():
    context.run_migrations()
