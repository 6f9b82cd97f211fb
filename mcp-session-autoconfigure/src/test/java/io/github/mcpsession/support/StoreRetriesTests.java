package io.github.mcpsession.support;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.github.mcpsession.SessionStoreException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

class StoreRetriesTests {

	private final List<String> called = new ArrayList<>();

	private final Set<String> refused = new HashSet<>();

	private final StoreRetries retries = new StoreRetries(Duration.ofMinutes(1));

	private Runnable call(String name) {
		return () -> {
			if (this.refused.contains(name)) {
				throw new SessionStoreException("refused", null);
			}
			this.called.add(name);
		};
	}

	@Test
	void oneThatIsRefusedHoldsUpNoOther() {
		this.refused.add("a");
		for (String name : List.of("a", "b", "c")) {
			this.retries.callLater(call(name));
		}
		this.retries.retry();
		assertThat(this.called).isEmpty();
		this.retries.retry();
		assertThat(this.called).containsExactly("b", "c");
		this.refused.clear();
		this.retries.retry();
		this.retries.retry();
		assertThat(this.called).containsExactly("b", "c", "a");
	}

	@Test
	void whatSucceedsAtOnceIsNotCalledAgain() {
		this.refused.add("b");
		this.retries.callNowOrLater(call("a"));
		this.retries.callNowOrLater(call("b"));
		this.refused.clear();
		this.retries.retry();
		this.retries.retry();
		assertThat(this.called).containsExactly("a", "b");
		assertThatIllegalStateException().isThrownBy(() -> this.retries.callNowOrLater(() -> {
			throw new IllegalStateException("not the store's");
		}));
	}

	@Test
	void whatIsTooOldIsForgotten() {
		StoreRetries forgetful = new StoreRetries(Duration.ofMillis(10));
		forgetful.callLater(call("a"));
		await().pollDelay(Duration.ofMillis(20)).until(() -> true);
		forgetful.callLater(call("b"));
		forgetful.retry();
		assertThat(this.called).doesNotContain("a");
	}

	@Test
	void notMoreThanAThousandAreWaiting() {
		for (int i = 0; i < 1010; i++) {
			this.retries.callLater(call("call"));
		}
		this.retries.retry();
		assertThat(this.called).hasSize(1000);
	}

}
