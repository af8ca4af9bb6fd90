"""How the tables of the store came to be: one module for each released change, never edited afterwards (Alembic)."""
