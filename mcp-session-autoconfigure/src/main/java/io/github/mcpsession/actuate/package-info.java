/**
 * What operators see of sessions, through Spring Boot's Actuator.
 */
@NullMarked
package io.github.mcpsession.actuate;

import org.jspecify.annotations.NullMarked;
