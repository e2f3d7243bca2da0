"""Where Alembic runs the migrations: on the connection that it is given, in one transaction."""

from alembic import context

from wizard.conversions.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
