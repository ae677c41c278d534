"""A repository like Data Preview 1, on PostgreSQL, made in less than a minute.

The stock Butler makes what decides the schema: the repository, dataset types,
collections, dimension records and validity ranges. The many rows of datasets and files
are copied in below it. There are no files: nobody reads one.
"""
