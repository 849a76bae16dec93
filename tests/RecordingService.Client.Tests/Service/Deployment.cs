using RecordingService.Client.Tests.Service;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;
using RecordingService.Testing;

[assembly: AssemblyFixture(typeof(Deployment))]

namespace RecordingService.Client.Tests.Service;

/// <summary>The service as a process on a database of its own, with a simulated Agora; recording time runs 20 times as fast.</summary>
public sealed class Deployment()
    : PostgresFixture(connection => ApiProcess.MigrateAsync(new ApiConfiguration { ConnectionString = connection })),
        IAsyncLifetime
{
    private const double Factor = 20;

    private readonly SemaphoreSlim one = new(1);
    private readonly string bucketFolder = Directory.CreateTempSubdirectory("recordings-").FullName;
    private ApiProcess? api;

    internal AgoraSimulator Agora { get; private set; } = null!;

    /// <summary>The address of the service, which is started by the first test that needs it.</summary>
    internal async Task<Uri> AddressAsync()
    {
        await one.WaitAsync();
        try
        {
            api ??= await StartAsync();
            return api.Address;
        }
        finally
        {
            one.Release();
        }
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        if (api is not null)
        {
            await api.DisposeAsync();
            await Agora.DisposeAsync();
        }

        await DisposeAsync();
        one.Dispose();
        Directory.Delete(bucketFolder, recursive: true);
    }

    private async Task<ApiProcess> StartAsync()
    {
        var realFrom = TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1);
        Agora = await AgoraSimulator.StartAsync(
            new SimulatorOptions
            {
                BucketFolder = bucketFolder,
                Factor = Factor,
                RealFrom = realFrom,
                RateWindow = TimeSpan.FromSeconds(Factor),
                Projects =
                {
                    new SimulatedProject
                    {
                        AppId = DemoAccount.AppId,
                        CustomerKey = DemoAccount.CustomerKey,
                        CustomerSecret = DemoAccount.CustomerSecret,
                        Certificate = DemoAccount.Certificate,
                    },
                },
                Buckets =
                {
                    new SimulatedBucket
                    {
                        Name = DemoAccount.Bucket,
                        AccessKey = DemoAccount.AccessKey,
                        SecretKey = DemoAccount.SecretKey,
                    },
                },
            },
            CancellationToken.None
        );
        return await ApiProcess.StartAsync(
            new ApiConfiguration
            {
                ConnectionString = await CreateDatabaseAsync(),
                AgoraHosts = Agora.Hosts,
                BucketAddress = new Uri(Agora.PublicBucketUrl, DemoAccount.Bucket),
                Factor = Factor,
                RealFrom = realFrom,
            }
        );
    }
}
