/**
 * What several packages need: texts of JSON-RPC, and what is tried again.
 */
@NullMarked
package io.github.mcpsession.support;

import org.jspecify.annotations.NullMarked;
