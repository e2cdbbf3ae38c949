"""The link to the database of another ERP, the host: its views are read, and held against what is here."""
