"""The exchange's durable book: records, the file, and the tables of orders and of accounts."""
