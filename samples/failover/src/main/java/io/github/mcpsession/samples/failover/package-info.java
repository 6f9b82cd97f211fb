/**
 * A demonstration: an MCP session that outlives the process that it began in.
 */
@NullMarked
package io.github.mcpsession.samples.failover;

import org.jspecify.annotations.NullMarked;
