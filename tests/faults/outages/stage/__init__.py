"""What the tests of outages share: repositories, servers, loads and figures."""
