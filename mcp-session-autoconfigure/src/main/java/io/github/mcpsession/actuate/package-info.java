/**
 * What operators see: endpoint, metrics, health.
 */
@NullMarked
package io.github.mcpsession.actuate;

import org.jspecify.annotations.NullMarked;
