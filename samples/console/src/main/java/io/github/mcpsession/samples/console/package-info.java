/**
 * A live demonstration: a page on which nodes are killed and frozen while sessions go on.
 */
@NullMarked
package io.github.mcpsession.samples.console;

import org.jspecify.annotations.NullMarked;
