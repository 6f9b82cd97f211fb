package io.github.mcpsession.server;

import io.github.mcpsession.support.JsonRpcMessages;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ListeningConnectionTests {

	private final ListeningConnection listener = new ListeningConnection(JsonRpcMessages::write);

	@Test
	void aLateClaimOfAReplacedConnectionDoesNotHideThatOfTheNewer() {
		String id = this.listener.replace(new OutgoingTransport(null, null, null), null);
		assertThat(this.listener.isClaimed(id)).isFalse();
		this.listener.claimed(id);
		this.listener.claimed("replaced");
		assertThat(this.listener.isClaimed(id)).isTrue();
		assertThat(this.listener.isClaimed("replaced")).isFalse();
	}

	@Test
	void theEndOfAnotherConnectionIsNotTheEndOfThis() {
		OutgoingTransport transport = new OutgoingTransport(null, null, null);
		String id = this.listener.replace(transport, null);
		assertThat(this.listener.closed(new OutgoingTransport(null, null, null))).isNull();
		assertThat(this.listener.isOpen()).isTrue();
		assertThat(this.listener.closed(transport)).isEqualTo(id);
		assertThat(this.listener.closed(transport)).isNull();
		assertThat(this.listener.isOpen()).isFalse();
		assertThat(this.listener.id()).isNull();
	}

}
