using System.IO;
using System.Runtime.Serialization.Formatters.Binary;
using System.Security.Cryptography;

class Reader
{
    object Load(Stream stream)
    {
        return new BinaryFormatter().Deserialize(stream);
    }

    byte[] Sum(byte[] data)
    {
        using (var md5 = MD5.Create())
        {
            return md5.ComputeHash(data);
        }
    }
}
