"""What several test folders share: a PostgreSQL, repositories, real servers."""
