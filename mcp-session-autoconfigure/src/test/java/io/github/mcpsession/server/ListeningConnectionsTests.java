package io.github.mcpsession.server;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ListeningConnectionsTests {

	private final ListeningConnections listening = new ListeningConnections();

	@Test
	void aLateClaimOfAReplacedConnectionDoesNotHideThatOfTheNewer() {
		ListeningConnection connection = new ListeningConnection(null, null);
		String id = connection.id();
		this.listening.replace(connection);
		assertThat(this.listening.isClaimed(id)).isFalse();
		this.listening.claimed(id);
		this.listening.claimed("replaced");
		assertThat(this.listening.isClaimed(id)).isTrue();
		assertThat(this.listening.isClaimed("replaced")).isFalse();
	}

	@Test
	void theEndOfAnotherConnectionIsNotTheEndOfThis() {
		ListeningConnection connection = new ListeningConnection(null, null);
		this.listening.replace(connection);
		assertThat(this.listening.remove(new ListeningConnection(null, null))).isFalse();
		assertThat(this.listening.isOpen()).isTrue();
		assertThat(this.listening.id()).isEqualTo(connection.id());
		assertThat(this.listening.remove(connection)).isTrue();
		assertThat(this.listening.remove(connection)).isFalse();
		assertThat(this.listening.isOpen()).isFalse();
		assertThat(this.listening.id()).isNull();
	}

}
