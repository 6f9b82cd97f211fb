/**
 * Nodes and how they reach each other: identity, liveness and messages.
 */
@NullMarked
package io.github.mcpsession.cluster;

import org.jspecify.annotations.NullMarked;
