"""The scores of the paper and of the field, their mended versions beside them, and the report."""
