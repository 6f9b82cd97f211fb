package io.github.mcpsession.stream;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.github.mcpsession.SessionStoreException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class UnwrittenEndsTests {

	private final List<String> written = new ArrayList<>();

	private final Set<String> refused = new HashSet<>();

	private final UnwrittenEnds ends = new UnwrittenEnds(
			TestStreams.of(log(), new StreamLimits(10, 1000, Duration.ofMinutes(1))));

	private EventLog log() {
		return (EventLog) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { EventLog.class },
				(proxy, method, arguments) -> {
					String session = (String) arguments[0];
					if (this.refused.contains(session)) {
						throw new SessionStoreException("refused", null);
					}
					this.written.add(session);
					return new WriteResult(true, 1, null, 0);
				});
	}

	@Test
	void oneThatIsRefusedHoldsUpNoOther() {
		this.refused.add("a");
		for (String session : List.of("a", "b", "c")) {
			this.ends.add(session, StreamWrite.toListener("stream", 0, "{}", false));
		}
		this.ends.writeAgain();
		assertThat(this.written).isEmpty();
		this.ends.writeAgain();
		assertThat(this.written).containsExactly("b", "c");
		this.refused.clear();
		this.ends.writeAgain();
		this.ends.writeAgain();
		assertThat(this.written).containsExactly("b", "c", "a");
	}

}
