package io.github.mcpsession.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.stream.Stream;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.AnnotationConsumer;
import org.junit.jupiter.params.support.ParameterDeclarations;

/**
 * Runs the tests of a class on each of several backends, one after the other, with the
 * backend in its field that is a parameter. A subclass inherits or replaces the backends.
 * {@code -Dbackend=REDIS,H2} leaves out all others.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ParameterizedClass(name = "{0}", allowZeroInvocations = true)
@ArgumentsSource(OnBackends.Provider.class)
public @interface OnBackends {

	Backend[] value();

	/**
	 * The backends that are wanted.
	 */
	final class Provider implements ArgumentsProvider, AnnotationConsumer<OnBackends> {

		private Backend[] backends;

		@Override
		public void accept(OnBackends annotation) {
			this.backends = annotation.value();
		}

		@Override
		public Stream<Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context) {
			return Stream.of(this.backends).filter(Backend::isWanted).map(Arguments::of);
		}

	}

}
