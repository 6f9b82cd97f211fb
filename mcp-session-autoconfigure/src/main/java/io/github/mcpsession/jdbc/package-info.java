/**
 * The backend on a relational database: H2, PostgreSQL, MySQL or MariaDB.
 */
@NullMarked
package io.github.mcpsession.jdbc;

import org.jspecify.annotations.NullMarked;
