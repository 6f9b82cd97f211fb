/**
 * What was sent on SSE streams, so that a client whose connection was cut gets the rest.
 */
@NullMarked
package io.github.mcpsession.stream;

import org.jspecify.annotations.NullMarked;
