namespace Grpc.Core;

/// <summary>
/// TLS. Grpc.Net.Client takes only the form without arguments; certificates go on its HTTP handler.
/// </summary>
public sealed class SslCredentials(
    string? rootCertificates,
    KeyCertificatePair? keyCertificatePair,
    VerifyPeerCallback? verifyPeerCallback) : ChannelCredentials
{
    public SslCredentials() : this(null, null, null) { }

    public SslCredentials(string rootCertificates) : this(rootCertificates, null, null) { }

    public SslCredentials(string rootCertificates, KeyCertificatePair keyCertificatePair)
        : this(rootCertificates, keyCertificatePair, null) { }

    /// <summary>The root certificates as PEM.</summary>
    public string? RootCertificates { get; } = rootCertificates;

    /// <summary>The client's certificate.</summary>
    public KeyCertificatePair? KeyCertificatePair { get; } = keyCertificatePair;

    public override void InternalPopulateConfiguration(ChannelCredentialsConfiguratorBase configurator, object state) =>
        configurator.SetSslCredentials(state, RootCertificates, KeyCertificatePair, verifyPeerCallback);
}

/// <summary>A certificate chain and its private key, as PEM.</summary>
public sealed class KeyCertificatePair(string certificateChain, string privateKey)
{
    public string CertificateChain { get; } =
        certificateChain ?? throw new ArgumentNullException(nameof(certificateChain));

    public string PrivateKey { get; } = privateKey ?? throw new ArgumentNullException(nameof(privateKey));
}

/// <summary>Says whether a peer's certificate is good.</summary>
public delegate bool VerifyPeerCallback(VerifyPeerContext context);

/// <summary>The peer to verify.</summary>
public class VerifyPeerContext
{
    internal VerifyPeerContext(string targetName, string peerPem) => (TargetName, PeerPem) = (targetName, peerPem);

    public string TargetName { get; }

    public string PeerPem { get; }
}
