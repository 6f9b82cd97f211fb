/**
 * What an application touches: the session manager, the store SPI, the session record,
 * attributes, customizers and events.
 */
@NullMarked
package io.github.mcpsession;

import org.jspecify.annotations.NullMarked;
