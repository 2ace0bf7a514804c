#!/bin/sh
# Brings both databases to the schema of this image's Temporal, from nothing or from an older version. Safe to repeat.
# The tool takes the rest from SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD.
set -eu

setup() {
  temporal-sql-tool --database "$1" create-database
  # Version 0.0 is an empty schema: of a database that has one already it changes nothing.
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-name "$2"
}

setup temporal postgresql/v12/temporal
setup temporal_visibility postgresql/v12/visibility
