namespace Grpc.Core;

/// <summary>Credentials that go with a call as headers.</summary>
public abstract class CallCredentials
{
    /// <summary>Two or more credentials, each adding its own headers, in order.</summary>
    public static CallCredentials Compose(params CallCredentials[] credentials) => new Composite(credentials);

    /// <summary>Credentials from a function that adds headers.</summary>
    public static CallCredentials FromInterceptor(AsyncAuthInterceptor interceptor) => new FromFunction(interceptor);

    /// <summary>For channels: calls the configurator's method for this kind of credentials.</summary>
    public abstract void InternalPopulateConfiguration(CallCredentialsConfiguratorBase configurator, object? state);

    private sealed class FromFunction : CallCredentials
    {
        private readonly AsyncAuthInterceptor interceptor;

        public FromFunction(AsyncAuthInterceptor interceptor)
        {
            ArgumentNullException.ThrowIfNull(interceptor);
            this.interceptor = interceptor;
        }

        public override void InternalPopulateConfiguration(
            CallCredentialsConfiguratorBase configurator, object? state) =>
            configurator.SetAsyncAuthInterceptorCredentials(state, interceptor);
    }

    private sealed class Composite : CallCredentials
    {
        private readonly IReadOnlyList<CallCredentials> parts;

        public Composite(CallCredentials[] credentials)
        {
            ArgumentNullException.ThrowIfNull(credentials);
            ArgumentOutOfRangeException.ThrowIfLessThan(credentials.Length, 2, nameof(credentials));
            parts = Array.AsReadOnly([.. credentials]);
        }

        public override void InternalPopulateConfiguration(
            CallCredentialsConfiguratorBase configurator, object? state) =>
            configurator.SetCompositeCredentials(state, parts);
    }
}

/// <summary>For channels: one method for each kind of call credentials.</summary>
public abstract class CallCredentialsConfiguratorBase
{
    public abstract void SetCompositeCredentials(object? state, IReadOnlyList<CallCredentials> credentials);

    public abstract void SetAsyncAuthInterceptorCredentials(object? state, AsyncAuthInterceptor interceptor);
}

/// <summary>Adds headers, such as a token, to each call.</summary>
public delegate Task AsyncAuthInterceptor(AuthInterceptorContext context, Metadata metadata);

/// <summary>The call that credentials are asked for.</summary>
public class AuthInterceptorContext(string serviceUrl, string methodName, CancellationToken cancellationToken)
{
    public AuthInterceptorContext(string serviceUrl, string methodName) : this(serviceUrl, methodName, default) { }

    public string ServiceUrl { get; } = serviceUrl ?? throw new ArgumentNullException(nameof(serviceUrl));

    public string MethodName { get; } = methodName ?? throw new ArgumentNullException(nameof(methodName));

    public CancellationToken CancellationToken { get; } = cancellationToken;
}
