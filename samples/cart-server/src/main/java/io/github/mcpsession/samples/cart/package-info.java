/**
 * An MCP server with a shopping cart in session attributes.
 */
@NullMarked
package io.github.mcpsession.samples.cart;

import org.jspecify.annotations.NullMarked;
