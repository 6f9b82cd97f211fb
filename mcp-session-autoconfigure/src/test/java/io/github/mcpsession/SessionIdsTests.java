package io.github.mcpsession;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class SessionIdsTests {

	@Test
	void aFingerprintBeginsWithTheMask() {
		assertThat(SessionIds.fingerprint("x")).matches("[0-9a-f]{32}").startsWith(SessionIds.mask("x"));
		assertThat(SessionIds.fingerprint("x")).isNotEqualTo(SessionIds.fingerprint("y"));
	}

	@Test
	void aBoundaryIsAsShortAsItCanBe() {
		assertThat(SessionIds.boundary("abcdef", "abxyz")).isEqualTo("abx");
		assertThat(SessionIds.boundary("ab", "abcd")).isEqualTo("abc");
		assertThat(SessionIds.boundary("A", "a")).isEqualTo("a");
		assertThatIllegalArgumentException().isThrownBy(() -> SessionIds.boundary("b", "a"));
		assertThatIllegalArgumentException().isThrownBy(() -> SessionIds.boundary("ab", "ab"));
		assertThatIllegalArgumentException().isThrownBy(() -> SessionIds.boundary("abc", "ab"));
	}

}
