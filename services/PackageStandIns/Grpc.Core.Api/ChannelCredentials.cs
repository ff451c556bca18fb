namespace Grpc.Core;

/// <summary>How a channel secures its connections, and the call credentials that go with every call on it.</summary>
public abstract class ChannelCredentials
{
    /// <summary>No transport security.</summary>
    public static ChannelCredentials Insecure { get; } = new InsecureCredentials();

    /// <summary>TLS with the machine's own roots and no client certificate.</summary>
    public static ChannelCredentials SecureSsl { get; } = new SslCredentials();

    /// <summary>
    /// Adds call credentials to channel credentials; whether these are secure enough is for the channel to say.
    /// </summary>
    public static ChannelCredentials Create(ChannelCredentials channelCredentials, CallCredentials callCredentials) =>
        new CompositeCredentials(channelCredentials, callCredentials);

    /// <summary>For channels: calls the configurator's method for this kind of credentials.</summary>
    public abstract void InternalPopulateConfiguration(ChannelCredentialsConfiguratorBase configurator, object state);

    private sealed class InsecureCredentials : ChannelCredentials
    {
        public override void InternalPopulateConfiguration(
            ChannelCredentialsConfiguratorBase configurator, object state) =>
            configurator.SetInsecureCredentials(state);
    }

    private sealed class CompositeCredentials : ChannelCredentials
    {
        private readonly ChannelCredentials channel;
        private readonly CallCredentials call;

        public CompositeCredentials(ChannelCredentials channelCredentials, CallCredentials callCredentials)
        {
            ArgumentNullException.ThrowIfNull(channelCredentials);
            ArgumentNullException.ThrowIfNull(callCredentials);
            (channel, call) = (channelCredentials, callCredentials);
        }

        public override void InternalPopulateConfiguration(
            ChannelCredentialsConfiguratorBase configurator, object state) =>
            configurator.SetCompositeCredentials(state, channel, call);
    }
}

/// <summary>For channels: one method for each kind of channel credentials.</summary>
public abstract class ChannelCredentialsConfiguratorBase
{
    public abstract void SetInsecureCredentials(object state);

    public abstract void SetSslCredentials(
        object state,
        string? rootCertificates,
        KeyCertificatePair? keyCertificatePair,
        VerifyPeerCallback? verifyPeerCallback);

    public abstract void SetCompositeCredentials(
        object state, ChannelCredentials channelCredentials, CallCredentials callCredentials);
}
