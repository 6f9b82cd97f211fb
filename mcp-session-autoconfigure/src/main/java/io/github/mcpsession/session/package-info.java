/**
 * The sessions that this node holds, and what nodes send each other about them. Knows
 * nothing of the SDK's server classes.
 */
@NullMarked
package io.github.mcpsession.session;

import org.jspecify.annotations.NullMarked;
