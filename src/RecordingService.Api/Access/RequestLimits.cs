using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using RecordingService.Api.Problems;

namespace RecordingService.Api.Access;

/// <summary>How many requests each caller may make: a bucket of tokens for each, in the memory of each replica, told in every answer.</summary>
/// <remarks>
/// Fields by draft-ietf-httpapi-ratelimit-headers-10. Whoever needs no key has no limit: health, notifications, and everybody where keys are not required.
/// </remarks>
internal static class RequestLimits
{
    private const string Policy = "\"default\"";
    private const string PolicyField = "RateLimit-Policy";
    private const string LimitField = "RateLimit";

    public static void AddRequestLimits(this IServiceCollection services)
    {
        services.AddRateLimiter(_ => { });
        services
            .AddOptions<RateLimiterOptions>()
            .Configure<IOptions<AccessOptions>>(
                (limits, access) =>
                {
                    limits.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http =>
                        http.FindCaller() is { KeyId: not null } caller
                            ? RateLimitPartition.GetTokenBucketLimiter(caller.Name, _ => BucketOf(access.Value))
                            : RateLimitPartition.GetNoLimiter("")
                    );
                    limits.OnRejected = (context, _) => RefuseAsync(context, access.Value);
                }
            );
    }

    public static void UseRequestLimits(this WebApplication app)
    {
        app.UseRateLimiter();
        var limits = app.Services.GetRequiredService<IOptions<RateLimiterOptions>>();
        var access = app.Services.GetRequiredService<IOptions<AccessOptions>>().Value;
        app.Use(
            (http, next) =>
            {
                if (http.FindCaller() is { KeyId: not null })
                {
                    Tell(http, limits.Value.GlobalLimiter?.GetStatistics(http)?.CurrentAvailablePermits ?? 0, access);
                }

                return next(http);
            }
        );
    }

    private static TokenBucketRateLimiterOptions BucketOf(AccessOptions access)
    {
        // Ten times a second where the rate allows, so that whoever has waited for a token need not wait for ten.
        var atOnce = Math.Max(1, access.RequestsPerSecond / 10);
        return new()
        {
            TokenLimit = access.Burst,
            TokensPerPeriod = Math.Min(atOnce, access.Burst),
            ReplenishmentPeriod = TimeSpan.FromSeconds(1) * atOnce / access.RequestsPerSecond,
            QueueLimit = 0,
        };
    }

    private static async ValueTask RefuseAsync(OnRejectedContext context, AccessOptions access)
    {
        Tell(context.HttpContext, 0, access);
        var wait = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var told) ? told : TimeSpan.Zero;
        var answer = Problem.TooManyRequests.Because(
            $"'{context.HttpContext.Caller().Name}' may make {access.RequestsPerSecond} requests a second and {access.Burst} at once on each replica. "
                + "Nothing was done; send the request again after the seconds in Retry-After."
        );
        await (answer with { RetryAfter = wait }).ExecuteAsync(context.HttpContext);
    }

    private static void Tell(HttpContext http, long left, AccessOptions access)
    {
        http.Response.Headers[PolicyField] = string.Create(
            CultureInfo.InvariantCulture,
            $"{Policy};q={access.Burst};w={Seconds(access.Burst, access)}"
        );
        http.Response.Headers[LimitField] = string.Create(
            CultureInfo.InvariantCulture,
            $"{Policy};r={left};t={Seconds(access.Burst - left, access)}"
        );
    }

    /// <summary>In how many seconds so many tokens come.</summary>
    private static long Seconds(long tokens, AccessOptions access) => (tokens + access.RequestsPerSecond - 1) / access.RequestsPerSecond;
}
