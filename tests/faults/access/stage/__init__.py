"""What the tests of rights share: repositories of many users, servers, clients."""
