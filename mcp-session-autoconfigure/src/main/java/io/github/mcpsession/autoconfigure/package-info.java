/**
 * Spring Boot auto-configuration.
 */
@NullMarked
package io.github.mcpsession.autoconfigure;

import org.jspecify.annotations.NullMarked;
