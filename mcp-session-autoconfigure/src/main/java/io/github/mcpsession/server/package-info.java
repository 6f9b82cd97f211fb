/**
 * The seam into the MCP SDK, and the sessions that this node holds.
 */
@NullMarked
package io.github.mcpsession.server;

import org.jspecify.annotations.NullMarked;
