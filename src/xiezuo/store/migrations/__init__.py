"""How the database came to be, one step a file; applied by Alembic when a store is opened."""
