"""From a datastore record to a URL, and from this server's own URLs to bytes.

A `Store` makes the URL of a record, chosen by the scheme of the datastore's root
or of an absolute path. Local files, and those of stores that clients cannot reach, are
sent by this process under URLs that it signed; no endpoint signs a path that a client
gave.
"""
