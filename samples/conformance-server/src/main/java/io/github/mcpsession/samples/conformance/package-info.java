/**
 * An MCP server with what the official conformance suite asks for.
 */
@NullMarked
package io.github.mcpsession.samples.conformance;

import org.jspecify.annotations.NullMarked;
