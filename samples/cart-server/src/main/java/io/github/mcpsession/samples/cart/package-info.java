/**
 * An MCP server with a shopping cart in attributes of sessions and callers.
 */
@NullMarked
package io.github.mcpsession.samples.cart;

import org.jspecify.annotations.NullMarked;
