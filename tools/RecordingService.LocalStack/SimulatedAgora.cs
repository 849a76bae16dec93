using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;

namespace RecordingService.LocalStack;

/// <summary>Describes the simulated Agora that agrees with <see cref="DemoAccount"/>.</summary>
internal static class SimulatedAgora
{
    /// <param name="bucketFolder">Where files are written to.</param>
    /// <param name="recordingTime">The time that recordings live in.</param>
    /// <param name="api">Address of the service, which is told what happens.</param>
    public static SimulatorOptions Options(string bucketFolder, RecordingTime recordingTime, Uri api) =>
        new()
        {
            BucketFolder = bucketFolder,
            Factor = recordingTime.Factor,
            RealFrom = recordingTime.RealFrom,
            // Ten requests a second of recording time are ten in 50 ms of real time; a wider window forgives the machine's jitter.
            RateWindow = TimeSpan.FromSeconds(recordingTime.Factor),
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
            Notifications = new NotificationOptions
            {
                Url = new Uri(api, "/agora/notifications/demo"),
                Secret = DemoAccount.NotificationSecret,
            },
        };
}
