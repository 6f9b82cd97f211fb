/**
 * Calls to the store that end in time.
 */
@NullMarked
package io.github.mcpsession.guard;

import org.jspecify.annotations.NullMarked;
