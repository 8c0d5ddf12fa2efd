"""Data that the product ships: vocabulary, season and demonstration records. No code lives here."""
