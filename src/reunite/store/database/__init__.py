"""The database: dialects, transactions, locks and waiting."""
