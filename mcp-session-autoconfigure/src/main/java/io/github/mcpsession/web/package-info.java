/**
 * The servlet filter in front of the MCP transport.
 */
@NullMarked
package io.github.mcpsession.web;

import org.jspecify.annotations.NullMarked;
