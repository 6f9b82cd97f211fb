/**
 * Sessions in embedded Hazelcast members.
 */
@NullMarked
package io.github.mcpsession.samples.hazelcast;

import org.jspecify.annotations.NullMarked;
