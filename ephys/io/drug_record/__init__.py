"""The drug record: what people type as marks and keys, read, and written as a table to be edited."""
